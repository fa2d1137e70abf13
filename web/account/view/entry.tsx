import type { ComponentChildren } from "preact";

export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
}

interface EntryProps {
  readonly name: ComponentChildren;
  readonly badges: readonly string[];
  readonly facts: readonly Fact[];
  /** A button at its side. */
  readonly children?: ComponentChildren;
}

/** One of a list: a name, what there is to know of it, and what can be done with it. */
export function Entry({ name, badges, facts, children }: EntryProps) {
  return (
    <li class="entry">
      <h3>
        {name}
        {badges.map((badge) => (
          <span key={badge} class="badge">
            {badge}
          </span>
        ))}
      </h3>
      <dl>
        {facts.map((fact) => [<dt>{fact.name}</dt>, <dd>{fact.value}</dd>])}
      </dl>
      {children}
    </li>
  );
}
