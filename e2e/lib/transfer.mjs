// What a page brings over the network, compressed as it was sent.

/** Counts from now on; `sum(test)` gives the bytes of all answers whose address the test takes, headers left out. */
export async function countTransfer(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const answers = new Map();
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const headers = Object.entries(response.headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
    answers.set(requestId, { url: response.url, headers, bytes: 0 });
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const answer = answers.get(requestId);
    if (answer) answer.bytes = Math.max(encodedDataLength - answer.headers, 0);
  });
  return {
    sum: (takes = () => true) => [...answers.values()].filter(({ url }) => takes(new URL(url).pathname)).reduce((sum, { bytes }) => sum + bytes, 0),
    list: () => [...answers.values()].map(({ url, bytes }) => `${bytes} ${new URL(url).pathname}`),
  };
}
