// The peer of the live connections: Bun, which has uWebSockets inside. One topic that everybody listens to.
const port = Number(process.argv[2]);
const server = Bun.serve({
  hostname: "127.0.0.1",
  port,
  async fetch(request, server) {
    const path = new URL(request.url).pathname;
    if (path === "/live") {
      return server.upgrade(request) ? undefined : new Response("no", { status: 400 });
    }
    if (path === "/sweep") {
      server.publish("line", await request.text());
    }
    return new Response("ok");
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 960,
    sendPings: false,
    open(socket) {
      socket.subscribe("line");
    },
    message() {},
  },
});
console.log(`listening on ${server.port}`);
