// How states of the account page are looked at: on which screens, and what must hold on each.
import assert from "node:assert/strict";
import { picture, SCREENS, seriousFindings } from "./browser.mjs";

const smallest = { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true };

export const LOOKS = [
  ...["light", "dark"].flatMap((colorScheme) =>
    Object.entries(SCREENS).map(([screen, options]) => ({ screen, colorScheme, ...options })),
  ),
  { screen: "smallest", colorScheme: "light", ...smallest },
];

/** Looks at a state as axe-core and as people do; the picture is of `part`, or of the screen. */
export async function examine(page, name, part) {
  await page.locator(".opening").waitFor({ state: "detached" });
  await picture(page, `account-${name}`, part);
  assert.deepEqual(await seriousFindings(page), [], name);
  const surplus = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(surplus <= 0, `${name}: ${surplus} pixels to scroll sideways`);
}

/** Buttons and fields that a finger could miss. What stands in a label is as large as that. */
export const smallTargets = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("button, input:not(label input), label:has(input), a, summary")]
      .filter((each) => each.checkVisibility())
      .map((each) => [each.textContent || each.id, each.getBoundingClientRect()])
      .filter(([, box]) => box.width < 44 || box.height < 44)
      .map(([name, box]) => `${name} ${box.width}×${box.height}`),
  );
