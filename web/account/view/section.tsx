import type { ComponentChildren, RefObject } from "preact";

interface SectionProps {
  readonly id: string;
  readonly title: string;
  readonly titleRef?: RefObject<HTMLHeadingElement | null>;
  readonly children: ComponentChildren;
}

export function Section({ id, title, titleRef, children }: SectionProps) {
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id} ref={titleRef ?? null} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  );
}
