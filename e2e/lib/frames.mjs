// How smoothly the seat map moves: the time from frame to frame while fingers pan and zoom it, on a slowed-down processor.

const THROTTLE = 4;
const FRAME_MS = 1_000 / 60;
/** Where a finger is, in each sixtieth of a second. */
const STEPS = { pan: 120, zoom: 70 };

/** Frame times by movement, of the map on a page that is used by touch; and of each zoom, after how many ms the map was sharp again. */
export async function frameTimes(page, rounds = 3) {
  const session = await page.context().newCDPSession(page);
  const box = await page.locator(".map .surface").boundingBox();
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const touch = (type, points) => session.send("Input.dispatchTouchEvent", {
    type, touchPoints: points.map(({ x, y }, id) => ({ x, y, id })),
  }).catch(() => null);
  const move = async (steps, at) => {
    await touch("touchStart", at(0));
    const begun = performance.now();
    for (let step = 1; step <= steps; step += 1) {
      await until(begun + step * FRAME_MS);
      void touch("touchMove", at(step / steps));
    }
    await touch("touchEnd", []);
  };
  const pan = () => move(STEPS.pan, (share) => [{ x: middle.x + 0.3 * box.width * Math.sin(share * 4 * Math.PI), y: middle.y + 0.3 * box.height * Math.sin(share * 6 * Math.PI) }]);
  const pinch = (from, to) => move(STEPS.zoom, (share) => {
    const half = ((from + (to - from) * share) * Math.min(box.width, box.height)) / 2;
    return [{ x: middle.x - half, y: middle.y }, { x: middle.x + half, y: middle.y }];
  });
  const whole = () => page.locator(".map-controls button").nth(2).click();
  const movements = {
    rest: () => page.waitForTimeout(STEPS.pan * FRAME_MS), zoom_in: () => pinch(0.2, 0.9), pan, zoom_in_near: () => pinch(0.2, 0.9), pan_near: pan,
    zoom_out_near: () => pinch(0.9, 0.2), zoom_out: () => pinch(0.9, 0.15),
  };
  const times = Object.fromEntries(Object.keys(movements).map((name) => [name, []]));
  const sharp = [];
  await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, make] of Object.entries(movements)) {
      await page.waitForTimeout(600);
      times[name].push(...await recorded(page, make));
      if (name.startsWith("zoom_in")) sharp.push(await untilSharp(page));
    }
    await whole();
  }
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await session.detach();
  return { times, sharp };
}

/** In ms from now on: the picture of what is seen from near is shown as large as it was drawn. */
function untilSharp(page) {
  return page.evaluate(() => new Promise((resolve) => {
    const begun = performance.now();
    const look = (now) => {
      const near = document.querySelectorAll(".map .surface canvas")[1];
      if (near.style.visibility === "visible" && near.style.transform.endsWith("scale(1)")) resolve(Math.max(now - begun, 0));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }));
}

async function recorded(page, make) {
  await page.evaluate(() => {
    globalThis.frames60 = { at: [], next: 0 };
    const tick = (time) => {
      globalThis.frames60.at.push(time);
      globalThis.frames60.next = requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await make();
  const at = await page.evaluate(() => {
    cancelAnimationFrame(globalThis.frames60.next);
    return globalThis.frames60.at;
  });
  return at.slice(1).map((time, index) => time - at[index]);
}

async function until(time) {
  const left = time - performance.now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}

/** Of frame times, what the report says. */
export function summary(name, times) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share) => Math.round(10 * sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)]) / 10;
  const late = (ms) => Math.round((1_000 * sorted.filter((time) => time > ms).length) / sorted.length) / 1_000;
  return {
    [`map_${name}_frame_ms_p50`]: at(0.5), [`map_${name}_frame_ms_p95`]: at(0.95),
    [`map_${name}_frames_over_18_7_ms_share`]: late(FRAME_MS + 2), [`map_${name}_frames_over_33_ms_share`]: late(2 * FRAME_MS + 0.5),
  };
}
