import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSerialPorts, stableName } from './serial-ports.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ports-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function file(path: string, content = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(join(root, target), join(root, path));
}

function usb(tty: string, socket: string, facts: Record<string, string>): void {
  file(`dev/${tty}`);
  for (const [name, value] of Object.entries(facts)) file(`sys/devices/usb1/${socket}/${name}`, `${value}\n`);
  mkdirSync(join(root, `sys/devices/usb1/${socket}/${socket}:1.0/${tty}`), { recursive: true });
  link(`sys/class/tty/${tty}/device`, `sys/devices/usb1/${socket}/${socket}:1.0/${tty}`);
  link(`dev/serial/by-path/platform-usb-0:${socket}:1.0-port0`, `dev/${tty}`);
}

describe('listing serial ports', () => {
  it('never fails, whatever is missing', () => {
    expect(listSerialPorts(join(root, 'nothing'))).toEqual([]);
    link('sys/class/tty/ttyUSB0/device', 'sys/devices/gone');
    expect(listSerialPorts(root)).toEqual([]);
    expect(Array.isArray(listSerialPorts())).toBe(true);
  });

  it('names an adapter by its serial number, or by its socket when it has none', () => {
    usb('ttyUSB0', '1-1.2', {
      idVendor: '0403',
      idProduct: '6001',
      manufacturer: 'FTDI',
      product: 'FT232R USB UART',
      serial: 'A10K1234',
    });
    usb('ttyUSB10', '1-1.3', { idVendor: '1a86', idProduct: '7523', product: 'USB Serial' });
    link('dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A10K1234-if00-port0', 'dev/ttyUSB0');
    link('dev/serial/by-id/usb-1a86_USB_Serial-if00-port0', 'dev/ttyUSB10');
    link('dev/serial/by-path/platform-usbv2-0:1-1.3:1.0-port0', 'dev/ttyUSB10');
    expect(listSerialPorts(root)).toMatchObject([
      {
        name: '/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A10K1234-if00-port0',
        device: '/dev/ttyUSB0',
        friendly: 'FT232R USB UART (FTDI, A10K1234)',
        vendorId: '0403',
        productId: '6001',
        serialNumber: 'A10K1234',
      },
      {
        name: '/dev/serial/by-path/platform-usb-0:1-1.3:1.0-port0',
        device: '/dev/ttyUSB10',
        byId: '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0',
        friendly: 'USB Serial',
        serialNumber: null,
      },
    ]);
  });

  it('shows built-in UARTs that exist and no consoles', () => {
    for (const name of ['ttyAMA0', 'ttyS0', 'ttyS1', 'tty1']) {
      file(`dev/${name}`);
      mkdirSync(join(root, 'sys/devices/soc', name), { recursive: true });
      link(`sys/class/tty/${name}/device`, `sys/devices/soc/${name}`);
    }
    file('sys/class/tty/ttyS0/type', '0\n');
    file('sys/class/tty/ttyS1/type', '4\n');
    file('sys/class/tty/ptmx/uevent');
    expect(listSerialPorts(root).map(({ device, friendly }) => [device, friendly])).toEqual([
      ['/dev/ttyAMA0', 'built-in UART'],
      ['/dev/ttyS1', 'built-in UART'],
    ]);
  });

  it('finds the stable name of a device', () => {
    usb('ttyUSB0', '1-1.2', { idVendor: '1a86', idProduct: '7523' });
    link('dev/modbus', 'dev/ttyUSB0');
    const stable = '/dev/serial/by-path/platform-usb-0:1-1.2:1.0-port0';
    expect(stableName('/dev/ttyUSB0', root)).toBe(stable);
    expect(stableName(stable, root)).toBe(stable);
    expect(stableName('/dev/ttyUSB9', root)).toBe('/dev/ttyUSB9');
  });
});
