// A question that must be answered before something is given up.

import { mount, unmount } from "svelte";

import Ask from "./Ask.svelte";

/** Resolves to true if the reader agrees. Escape and "no" keep things as they are. Texts: `key.title`, `.text`, `.no`, `.yes`. */
export function ask(key: string, values: Record<string, string | number> = {}): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = mount(Ask, {
      target: document.body,
      props: {
        name: key,
        values,
        answered: (agreed: boolean) => {
          void unmount(dialog);
          resolve(agreed);
        },
      },
    });
  });
}
