import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface StepHeadingProps {
  readonly children: ComponentChildren;
  /** Of what is read out after it. */
  readonly describedBy?: string;
}

/** Of what takes the place of what was there: it takes the focus, so that it is read out. */
export function StepHeading({ children, describedBy }: StepHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <h3 class="step" ref={heading} tabIndex={-1} aria-describedby={describedBy}>
      {children}
    </h3>
  );
}
