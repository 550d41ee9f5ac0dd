"""A slave made with another library: holding register n holds 1000 + n, input register n holds 2000 + n.

Debian 12 has pymodbus 3.0, Debian 13 has 3.8, which names the framers otherwise and counts addresses from 1.
"""
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server import StartSerialServer, StartTcpServer

try:
    from pymodbus import FramerType

    rtu = FramerType.RTU
except ImportError:
    from pymodbus.transaction import ModbusRtuFramer as rtu


def blocks(first):
    return {
        "di": ModbusSequentialDataBlock(first, [n % 2 == 1 for n in range(100)]),
        "co": ModbusSequentialDataBlock(first, [n % 3 == 0 for n in range(100)]),
        "hr": ModbusSequentialDataBlock(first, [1000 + n for n in range(200)]),
        "ir": ModbusSequentialDataBlock(first, [2000 + n for n in range(200)]),
    }


try:
    slave = ModbusSlaveContext(**blocks(0), zero_mode=True)
except TypeError:
    slave = ModbusSlaveContext(**blocks(1))
if slave.getValues(3, 0, 1) != [1000]:
    slave = ModbusSlaveContext(**blocks(1))

context = ModbusServerContext(slaves={7: slave}, single=False)
identity = ModbusDeviceIdentification(
    info_name={"VendorName": "Other", "ProductCode": "OT-1", "MajorMinorRevision": "1.2"}
)

kind, where = sys.argv[1:]
if kind == "tcp":
    StartTcpServer(context=context, identity=identity, address=("127.0.0.1", int(where)))
else:
    StartSerialServer(context=context, identity=identity, framer=rtu, port=where, baudrate=9600)
