"""A slave made with another library: holding register n holds 1000 + n, input register n holds 2000 + n."""
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer

slave = ModbusSlaveContext(
    di=ModbusSequentialDataBlock(0, [n % 2 == 1 for n in range(100)]),
    co=ModbusSequentialDataBlock(0, [n % 3 == 0 for n in range(100)]),
    hr=ModbusSequentialDataBlock(0, [1000 + n for n in range(200)]),
    ir=ModbusSequentialDataBlock(0, [2000 + n for n in range(200)]),
    zero_mode=True,
)
context = ModbusServerContext(slaves={7: slave}, single=False)
identity = ModbusDeviceIdentification(
    info_name={"VendorName": "Other", "ProductCode": "OT-1", "MajorMinorRevision": "1.2"}
)

kind, where = sys.argv[1:]
print("ready", flush=True)
if kind == "tcp":
    StartTcpServer(context=context, identity=identity, address=("127.0.0.1", int(where)))
else:
    StartSerialServer(context=context, identity=identity, framer=ModbusRtuFramer, port=where, baudrate=9600)
