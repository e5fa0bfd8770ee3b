// As much of RFC 6455 as the mock needs: text frames, ping and close.

import { createHash } from "node:crypto";

/** Accepts an upgrade; returns `{ send(object), close() }` and calls `onMessage(object)` and `onClose()`. */
export function accept(request, socket, onMessage, onClose) {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  let buffer = Buffer.alloc(0);
  const frame = (opcode, payload) => {
    const size = payload.length;
    const head = size < 126 ? Buffer.from([0x80 | opcode, size])
      : size < 65_536 ? Buffer.from([0x80 | opcode, 126, size >> 8, size & 255])
        : Buffer.concat([Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0]), Buffer.from([size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255])]);
    if (socket.writable) socket.write(Buffer.concat([head, payload]));
  };
  socket.on("data", (data) => {
    buffer = Buffer.concat([buffer, data]);
    while (buffer.length >= 6) {
      let size = buffer[1] & 127;
      let at = 2;
      if (size === 126) {
        size = buffer.readUInt16BE(2);
        at = 4;
      }
      if (buffer.length < at + 4 + size) return;
      const mask = buffer.subarray(at, at + 4);
      const payload = Buffer.from(buffer.subarray(at + 4, at + 4 + size).map((byte, index) => byte ^ mask[index & 3]));
      const opcode = buffer[0] & 15;
      buffer = buffer.subarray(at + 4 + size);
      if (opcode === 1) onMessage(JSON.parse(payload.toString()));
      if (opcode === 8) socket.end();
    }
  });
  socket.on("close", onClose);
  socket.on("error", onClose);
  return { send: (object) => frame(1, Buffer.from(JSON.stringify(object))), close: () => { frame(8, Buffer.alloc(0)); socket.end(); } };
}
