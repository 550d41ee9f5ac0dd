export {
  type Answer,
  type Handler,
  type ServerCounts,
  type ServerTiming,
  SILENCE,
} from './answer.ts';
export { type Listening, type ListenOptions, listenModbusTcp, listenRtuOverTcp } from './listen.ts';
export { bitsPdu, exceptionPdu, identityPdu, readRequestPdu, wordsPdu, writtenPdu } from './pdus.ts';
export { openPty, type Pty } from './pty.ts';
export { RtuServer, type RtuServerOptions } from './rtu-server.ts';
