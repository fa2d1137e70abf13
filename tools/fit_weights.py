#!/usr/bin/env python3
"""Fits the weights of the guard's rules: fit_weights.py GATEHOUSE_SCAN [RULES].

Reads what gatehouse-scan finds in rules/examples/*.jsonl, fits one logistic regression per group of
families and a small model of words for injections, and writes rules/weights.toml. The report in it
is of examples that were held out: each is judged by a model that has not seen it. The same input
gives the same file.

fit_weights.py --held-out GATEHOUSE_SCAN [RULES] tells instead how the rules and weights do on
rules/examples/held_out.jsonl, which fitting never reads. Don't change rules to suit it.
"""

import json
import math
import pathlib
import random
import subprocess
import sys
import tomllib

HELD_OUT = "held_out.jsonl"
# Written one by one, in many styles: each tells more than one of a pattern's many variations.
FREELY_WRITTEN = "freely_written.jsonl"
FREELY_WRITTEN_WEIGHT = 6
FOLDS = 5
WORD_PLACES = 16384
WORD_EPOCHS = 12
WORD_RATE = 0.5
WORD_DECAY = 2e-5
WORD_STEPS = 31  # the largest weight of a word, in steps
# message_analysis.cpp has the same: what words alone may say, and how sure a group may be that has
# found no rule.
WORD_RANGE = (-0.5, 1.5)
MOST_WITHOUT_RULE = 0.7
MOST_OF_QUESTION = 0.75
LEAST_WORDS_OF_QUESTION = 5
COMMON = 12  # a phrase of four words that more examples share tells nothing of their kinship
EPOCHS = 40
RATE = 0.2
DECAY = 4e-3
START_BIAS = -3.5  # score_model.cpp has the same
THRESHOLDS = (500, 900)
FAMILIES = {"injection": "injection", "markup": "markup", "spam": "spam"}  # the rest is code
GROUPS = ("injection", "markup", "code", "spam")
# These may lower the score. What a rule or concept adds can't be taken away by saying more.
SIGNED = {"length", "words", "capitals", "punctuation", "repeats", "links", "leet", "spaced",
          "prose"}


def group_of(family):
    return FAMILIES.get(family, "code")


def sigmoid(value):
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def read_examples(folder):
    """The lines of all files, and how much each counts."""
    lines, counts = [], []
    for path in sorted(folder.glob("*.jsonl")):
        if path.name == HELD_OUT:
            continue
        lines += [line for line in path.read_text().splitlines() if line.strip()]
        count = FREELY_WRITTEN_WEIGHT if path.name == FREELY_WRITTEN else 1
        counts += [count] * (len(lines) - len(counts))
    return lines, counts


def scan(program, rules, lines):
    command = [program, "--words", str(WORD_PLACES), str(rules)]
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    examples = [json.loads(line) for line in done.stdout.splitlines()]
    for example in examples:
        example["is_attack"] = 1 if example["label"] == "attack" else 0
    return examples


def phrases_of(example):
    """Four words in a row are three pairs: every second place is a pair's."""
    pairs = example["words"][1::2][1:]
    return {tuple(pairs[at:at + 3]) for at in range(len(pairs) - 2)}


def families_of(examples):
    """Examples that share a rare phrase were written alike: what one teaches is no news to another,
    so they are held out together. Gives each a number that its kin have too."""
    parent = list(range(len(examples)))

    def root(index):
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    holders = {}
    for index, example in enumerate(examples):
        for phrase in phrases_of(example):
            holders.setdefault(phrase, []).append(index)
    for indices in holders.values():
        if len(indices) <= COMMON:
            for other in indices[1:]:
                parent[root(other)] = root(indices[0])
    return [root(index) for index in range(len(examples))]


def folds_of(examples):
    """Kin go into one fold, the largest families first into the smallest fold."""
    kin = {}
    for index, family in enumerate(families_of(examples)):
        kin.setdefault(family, []).append(index)
    groups = list(kin.values())
    random.Random(1).shuffle(groups)
    groups.sort(key=len, reverse=True)
    fold, sizes = [0] * len(examples), [0] * FOLDS
    for group in groups:
        smallest = sizes.index(min(sizes))
        sizes[smallest] += len(group)
        for index in group:
            fold[index] = smallest
    return fold


def word_score(weights, places):
    if not places:
        return 0.0
    total = sum(weights[place] for place in places) / math.sqrt(len(places) + 2)
    return max(WORD_RANGE[0], min(WORD_RANGE[1], total))


def fit_words(examples, wanted):
    """Weights by place, from the examples whose index is in `wanted`."""
    weights = [0.0] * WORD_PLACES
    squares = [1e-2] * WORD_PLACES
    bias = -1.0
    order = [i for i in wanted if examples[i]["words"]]
    chance = random.Random(2)
    for _ in range(WORD_EPOCHS):
        chance.shuffle(order)
        for i in order:
            places = examples[i]["words"]
            scale = 1 / math.sqrt(len(places) + 2)
            score = bias + scale * sum(weights[place] for place in places)
            error = (sigmoid(score) - examples[i]["is_attack"]) * examples[i]["count"]
            bias -= 0.02 * error
            step = error * scale
            for place in set(places):
                gradient = step + WORD_DECAY * weights[place]
                squares[place] += gradient * gradient
                weights[place] -= WORD_RATE * gradient / math.sqrt(squares[place])
    return weights


def rounded(weights):
    most = max(abs(weight) for weight in weights) or 1.0
    scale = round(most / WORD_STEPS, 6)
    return [round(weight / scale) for weight in weights], scale


def prior_weights(rules):
    """The weight a rule begins with in its group: what its author believes."""
    weights = {group: {} for group in GROUPS}
    for path in sorted((rules / "message").glob("*.toml")):
        document = tomllib.loads(path.read_text())
        for rule in document.get("rule", []):
            belief = min(0.99, max(0.01, rule["score"] / 1000))
            weight = math.log(belief / (1 - belief)) - START_BIAS
            weights[group_of(document["family"])][rule["id"]] = weight
    return weights


def fit_group(rows, priors):
    """rows: (features, label, count). Returns bias and weights by name."""
    weights, squares = dict(priors), {}
    bias, bias_square = START_BIAS, 1e-2
    order = list(range(len(rows)))
    chance = random.Random(3)
    for _ in range(EPOCHS):
        chance.shuffle(order)
        for i in order:
            features, label, count = rows[i]
            score = bias + sum(weights.get(name, 0.0) * value for name, value in features.items())
            error = (sigmoid(score) - label) * count
            bias_square += error * error
            bias -= RATE * error / math.sqrt(bias_square)
            for name, value in features.items():
                weight = weights.get(name, 0.0)
                gradient = error * value + DECAY * (weight - priors.get(name, 0.0))
                squares[name] = squares.get(name, 1e-2) + gradient * gradient
                weight -= RATE * gradient / math.sqrt(squares[name])
                weights[name] = weight if name in SIGNED else max(0.0, weight)
    used = {name for features, _, _ in rows for name in features}
    return bias, {name: weight for name, weight in weights.items()
                  if name in used or name in priors}


def probability(model, features):
    bias, weights = model
    base = sigmoid(bias)
    score = bias + sum(weights.get(name, 0.0) * value for name, value in features.items())
    sure = max(0.0, (sigmoid(score) - base) / (1 - base))
    return sure if "rules" in features else min(MOST_WITHOUT_RULE, sure)


def is_question(example):
    code = example["features"].get("code", {})
    has_address = any(name.startswith("url.") for name in code)
    return (not has_address and "concept:signal.question" in code
            and len(example["words"]) >= 2 * LEAST_WORDS_OF_QUESTION)


def confidence(models, example):
    innocence = 1.0
    for group, model in models.items():
        sure = probability(model, example["features"].get(group, {}))
        if group in ("markup", "code") and is_question(example):
            sure = min(MOST_OF_QUESTION, sure)
        innocence *= 1 - sure
    return 1000 * (1 - innocence)


def rows_of(examples, wanted, group):
    """Attacks of other groups are nobody's fair messages, so they teach this group nothing."""
    return [(examples[i]["features"].get(group, {}), examples[i]["is_attack"],
             examples[i]["count"]) for i in wanted
            if not examples[i]["is_attack"] or group_of(examples[i]["family"]) == group]


def fit_models(examples, wanted, priors):
    return {group: fit_group(rows_of(examples, wanted, group), priors[group]) for group in GROUPS}


def add_held_out_words(examples, fold):
    for k in range(FOLDS):
        wanted = [i for i in range(len(examples))
                  if fold[i] != k and (not examples[i]["is_attack"]
                                       or group_of(examples[i]["family"]) == "injection")]
        weights = fit_words(examples, wanted)
        for i, example in enumerate(examples):
            if fold[i] == k:
                score = word_score(weights, example["words"])
                for group in GROUPS:
                    example["features"].setdefault(group, {})["words"] = score


def held_out_confidences(examples, fold, priors):
    out = [0.0] * len(examples)
    for k in range(FOLDS):
        wanted = [i for i in range(len(examples)) if fold[i] != k]
        models = fit_models(examples, wanted, priors)
        for i, example in enumerate(examples):
            if fold[i] == k:
                out[i] = confidence(models, example)
    return out


def report_line(name, attacks, fair, threshold):
    hits = sum(1 for score in attacks if score >= threshold)
    false = sum(1 for score in fair if score >= threshold)
    precision = hits / (hits + false) if hits + false else 1.0
    return (f"{name} at {threshold}: recall {hits / max(1, len(attacks)):.3f} of {len(attacks)}, "
            f"precision {precision:.3f}, false positives {false / max(1, len(fair)):.4f} "
            f"of {len(fair)}")


def report(examples, scores):
    lines = []
    families = sorted({example["family"] for example in examples})
    for threshold in THRESHOLDS:
        for family in families + ["all"]:
            pick = [(score, example["is_attack"]) for score, example in zip(scores, examples)
                    if family in ("all", example["family"])]
            lines.append(report_line(family, [s for s, is_attack in pick if is_attack],
                                     [s for s, is_attack in pick if not is_attack], threshold))
    return lines


def as_list(items):
    return "[\n" + "".join(f"  {json.dumps(item)},\n" for item in items) + "]\n"


def write(path, models, words, lines):
    text = "# Written by tools/fit_weights.py; don't change it by hand.\n"
    text += "# How it did on examples that were held out:\n"
    text += "".join(f"#   {line}\n" for line in lines)
    for group in GROUPS:
        bias, weights = models[group]
        text += f'\n[[group]]\nid = "{group}"\nbias = {bias:.3f}\nfeatures = '
        text += as_list(f"{name} {weight:.3f}" for name, weight in sorted(weights.items()))
    steps, scale = rounded(words)
    values = "".join(chr(ord("S") + step) for step in steps)
    pieces = [values[at:at + 96] for at in range(0, len(values), 96)]
    text += f"\n[[words]]\nsize = {WORD_PLACES}\nscale = {scale}\nvalues = [\n"
    text += "".join(f"  '{piece}',\n" for piece in pieces) + "]\n"
    path.write_text(text)


def report_held_out(program, rules):
    lines = (rules / "examples" / HELD_OUT).read_text().splitlines()
    examples = scan(program, rules, lines)
    print("\n".join(report(examples, [example["confidence"] for example in examples])))


def main(arguments):
    is_held_out = arguments[:1] == ["--held-out"]
    arguments = arguments[is_held_out:]
    if not arguments:
        sys.exit(__doc__)
    rules = pathlib.Path(arguments[1] if len(arguments) > 1 else "rules")
    if is_held_out:
        return report_held_out(arguments[0], rules)
    lines, counts = read_examples(rules / "examples")
    examples = scan(arguments[0], rules, lines)
    for example, count in zip(examples, counts):
        example["count"] = count
    fold = folds_of(examples)
    priors = prior_weights(rules)
    add_held_out_words(examples, fold)
    lines = report(examples, held_out_confidences(examples, fold, priors))
    everything = range(len(examples))
    models = fit_models(examples, everything, priors)
    words = fit_words(examples, [i for i in everything if not examples[i]["is_attack"]
                                 or group_of(examples[i]["family"]) == "injection"])
    write(rules / "weights.toml", models, words, lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
