import { describe, expect, it } from 'vitest';
import { formatPortUrl, PortUrlError, parsePortUrl, portCharacterUs } from './port-url.ts';

describe('port URL', () => {
  it.each([
    ['serial:///dev/ttyUSB0', 'serial:///dev/ttyUSB0?baud=9600&parity=none&stop=1&data=8'],
    [
      'serial:///dev/serial/by-path/platform-3f980000.usb-usb-0:1.2:1.0-port0?baud=19200&parity=even',
      'serial:///dev/serial/by-path/platform-3f980000.usb-usb-0:1.2:1.0-port0?baud=19200&parity=even&stop=1&data=8',
    ],
    ['serial:///dev/my%20port?stop=2', 'serial:///dev/my%20port?baud=9600&parity=none&stop=2&data=8'],
    ['tcp://10.0.0.5', 'tcp://10.0.0.5:502'],
    ['tcp://gateway.local:1502/', 'tcp://gateway.local:1502'],
    ['tcp://[fe80::1]:502', 'tcp://[fe80::1]:502'],
    ['RTU+TCP://conv:4001', 'rtu+tcp://conv:4001?baud=9600&parity=none&stop=1&data=8'],
    ['rtu+tcp://conv:4001?baud=2400&parity=odd', 'rtu+tcp://conv:4001?baud=2400&parity=odd&stop=1&data=8'],
  ])('%s', (text, normal) => {
    expect(formatPortUrl(parsePortUrl(text))).toBe(normal);
    expect(parsePortUrl(normal)).toEqual(parsePortUrl(text));
  });

  it.each([
    ['/dev/ttyUSB0', /not a port URL.*serial:\/\//],
    ['http://x:1', /"http" is no known kind/],
    ['serial://', /device is missing/],
    ['serial://ttyUSB0', /"ttyUSB0" is no absolute path; a device takes three slashes/],
    ['serial:///dev/a%zz', /% in the path/],
    ['serial:///dev/a%00b', /zero byte/],
    ['serial:///dev/x?baud=96000000', /baud=96000000 is not a rate/],
    ['serial:///dev/x?baud=9600bd', /baud=9600bd/],
    ['serial:///dev/x?baud=', /baud= is not/],
    ['serial:///dev/x?parity=mark', /parity=mark is not one of none, even, odd/],
    ['serial:///dev/x?stop=1.5', /stop=1.5 is not one of 1, 2/],
    ['serial:///dev/x?data=7', /data=7 cannot carry Modbus RTU/],
    ['serial:///dev/x?data=toString', /data=toString/],
    ['serial:///dev/x?speed=9600', /"speed" is unknown; expected baud, parity, stop, data/],
    ['serial:///dev/x?baud=9600&baud=19200', /"baud" is given twice/],
    ['tcp://host:0', /"0" is not a port number/],
    ['tcp://host:70000', /"70000" is not a port number/],
    ['tcp://host:abc', /"abc" is not a port number/],
    ['tcp://', /"" is not host:port/],
    ['tcp://user@host:502', /is not host:port/],
    ['tcp://host:502?baud=9600', /"baud" has no meaning for tcp/],
    ['rtu+tcp://host', /port number is missing/],
  ])('refuses %s', (text, why) => {
    expect(() => parsePortUrl(text)).toThrow(PortUrlError);
    expect(() => parsePortUrl(text)).toThrow(why);
  });

  it('knows how long a character takes', () => {
    expect(portCharacterUs(parsePortUrl('serial:///dev/x?baud=9600'))).toBeCloseTo(1041.67, 2);
    expect(portCharacterUs(parsePortUrl('serial:///dev/x?baud=9600&parity=even'))).toBeCloseTo(1145.83, 2);
    expect(portCharacterUs(parsePortUrl('serial:///dev/x?baud=9600&stop=2'))).toBeCloseTo(1145.83, 2);
    expect(portCharacterUs(parsePortUrl('tcp://host'))).toBe(0);
  });
});
