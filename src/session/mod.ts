/**
 * A codec meets a connection: the server's and the client's side of HTTP/1.1, the pump that carries
 * a body from one to the other, and the wheel that holds their deadlines.
 *
 * @module
 */

export { type BodyPace } from "./body_pace.ts";
export type { ByteStream } from "./byte_stream.ts";
export { Http1ClientSession } from "./http1_client.ts";
export {
  type Http1ServerOptions,
  Http1ServerSession,
  type Interruption,
  type SessionTimeout,
} from "./http1_server.ts";
export type { MessageReader } from "./message_reader.ts";
export type { MessageWriter } from "./message_writer.ts";
export { pump, type PumpProgress, type PumpResult } from "./pump.ts";
export { Deadline, TimerWheel } from "./timer_wheel.ts";
