// Inside, a schema is named like what it describes; to the outside it says that it is one.
export { type Link, linkOf, type Neighbours } from './chain.ts';
export {
  type BillingColumns,
  type Columns,
  type CounterColumns,
  type GaugeColumns,
  packRows,
  type ReadingRow,
  timesOf,
} from './columns.ts';
export {
  type Action,
  type Command,
  command as commandSchema,
  MAX_COMMAND_LIFE_MS,
  REFUSED_COMMAND,
  type Result,
  result as resultSchema,
} from './command.ts';
export {
  type Config,
  type ConfigReport,
  config as configSchema,
  configReport as configReportSchema,
} from './config.ts';
export { cellCodec } from './decoding/cell.ts';
export { type Decoded, decode, rawOf, reordered, wholeOf } from './decoding/decode.ts';
export { encode } from './decoding/encode.ts';
export { nearestFloat } from './decoding/float.ts';
export {
  type BatchKind,
  deflate,
  type Envelope,
  KINDS,
  type Kind,
  type OpenOptions,
  REFUSALS,
  type Refusal,
  type Refused,
  signedBytes,
  writeEnvelope,
} from './envelope.ts';
export { type Checked, check, type Fault, faultLine } from './faults.ts';
export {
  type BatchClock,
  type BatchHead,
  type BoundaryHead,
  READING_CLASSES,
  type ReadingClass,
  type ReadingsHead,
  type RecordsHead,
  rangeOf,
  recordCount,
  sequencesOf,
} from './head.ts';
export * from './ids.ts';
export { type Delivery, openDelivery } from './inbox.ts';
export {
  type Bus,
  bus as busSchema,
  type CommissionedMeter,
  type Meter,
  meter as meterSchema,
  type Point,
} from './installation.ts';
export { readJson } from './json.ts';
export {
  type KeyRing,
  keyIdOf,
  ringOf,
  type Signer,
  sha256,
  sha256Hex,
  signerOf,
  signerOfKey,
  type Verifier,
  verifierOf,
} from './keys.ts';
export {
  type BoundaryLeaf,
  type BoundaryValue,
  type CountAt,
  leafLine,
  parseLeaf,
  type UnvaluedLeaf,
  valueAt,
  valuedLeaf,
} from './leaf.ts';
export * from './limits.ts';
export { type HubKeys, hubKeys as hubKeysSchema, type Live, live as liveSchema } from './live.ts';
export { leafHash, merklePath, merkleRoot, rootOfPath } from './merkle.ts';
export {
  MESSAGES,
  type Message,
  type MessageKind,
  type OpenedMessage,
  openMessage,
  sealMessage,
} from './message.ts';
export { nearest } from './nearest.ts';
export {
  type Batch,
  type BatchOptions,
  type BoundaryBatch,
  openBatch,
  type ReadingsBatch,
  type RecordsBatch,
} from './open.ts';
export { profileId as profileIdSchema, profileRef as profileRefSchema, statesOf } from './profile.ts';
export {
  ORDERS,
  type Order,
  orderWords,
  type ProfileRegister,
  type RegisterType,
  TYPE_WORDS,
  wordsOf,
} from './profile-register.ts';
export { type MeterProfile, meterProfile as meterProfileSchema } from './profile-rules.ts';
export { PROFILES_FOLDER } from './profiles-folder.ts';
export { proveLeaf, type ReadingProof, verifyProof } from './proof.ts';
export { type Evidence, QUALITY, type Quality, type QualityMark } from './quality.ts';
export {
  isReceipted,
  type JournalReceipt,
  type Receipt,
  receipt as receiptSchema,
  receiptOf,
} from './receipt.ts';
export { type JournalRecord, journalRecord as journalRecordSchema } from './records.ts';
export { count as countSchema, isEpochMs, type KeyId, type SequenceRange } from './scalars.ts';
export { type Content, type Placement, type Sealed, sealBatch } from './seal.ts';
export { type SimpleReading, simple as simpleSchema, simpleReadingsOf } from './simple.ts';
export { type Status, status as statusSchema } from './status.ts';
export { RELAY_STATES, type SwitchState, VALVE_STATES, type WantedState } from './switching.ts';
export * from './topics.ts';
export * from './units.ts';
