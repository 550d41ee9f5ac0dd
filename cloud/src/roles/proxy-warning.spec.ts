import { describe, expect, it } from 'vitest';
import { proxyWarning } from './proxy-warning.ts';

type Settings = Parameters<typeof proxyWarning>[0];
const settings = (more: Partial<Settings>): Settings => ({ port: 8080, trustProxy: false, ...more });

describe('proxyWarning', () => {
  it.each<[string, Partial<Settings>]>([
    ['https, which the hub does not speak', { publicUrl: 'https://meters.example.org' }],
    ['https at its own port', { publicUrl: 'https://meters.example.org:8080' }],
    ['another port', { publicUrl: 'http://meters.example.org' }],
  ])('warns of a public address with %s, while no proxy is trusted', (_, more) => {
    expect(proxyWarning(settings(more))).toMatch(/^http\.publicUrl leads through a proxy.*http\.trustProxy/);
  });

  it.each<[string, Partial<Settings>]>([
    ['no public address', {}],
    ['a trusted proxy', { publicUrl: 'https://meters.example.org', trustProxy: ['10.0.0.0/8'] }],
    ['people who reach the hub directly', { publicUrl: 'http://192.168.1.5:8080/' }],
    ['people who reach the hub directly at port 80', { publicUrl: 'http://meters.lan', port: 80 }],
  ])('says nothing with %s', (_, more) => {
    expect(proxyWarning(settings(more))).toBeUndefined();
  });
});
