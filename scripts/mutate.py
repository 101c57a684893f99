#!/usr/bin/env python3
"""Mutation tests: breaks every rule in every small way there is, and asks the tests to notice.

    python3 scripts/mutate.py                    everything; prints the score and the survivors
    python3 scripts/mutate.py --only softmax     files or functions whose name holds this word
    python3 scripts/mutate.py --list             the mutants, nothing is built

What is broken: the cotangents of the table of pointwise ops; the rules of array ops (`vjp`, `jvp`, their joint
forms and the functions they share); and the walks of `src/sweep`, which add, sum to shapes and keep zeros apart.
How: a sign, an operator, a whole number, an operand instead of its neighbour, a lost transpose, `=` for `+=`, a
comparison, `true` and `false`, an early way out, a condition turned round, a cotangent halved or doubled.

Hundreds of mutants are compiled at once (schemata): in a copy of the sources under `target/mutants`, a function's
body becomes a `match` on the number of the mutant that is switched on by an environment variable, so there are few
builds, and none a mutant. A first run of each test by itself notes which functions it enters; a mutant is then shown
only to the tests that enter its function, the quick ones first, until one fails (of random programs, 2000). A mutant that
does not compile is no mutant. A mutant that no test notices survives; the ones known to be equivalent, each with the
reason, are in `scripts/mutants_equivalent.txt` and are not run.

Needs Python 3.9 and nothing else.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "mutants"
TREE = WORK / "tree"
EQUIVALENT = ROOT / "scripts" / "mutants_equivalent.txt"
# Functions that are no rules: what they get wrong shows in values and messages, or in the account of the memory.
NO_RULE = {"name", "shape", "forward", "try_forward", "from", "make_room", "grow", "pay"}
SWAPS = [("a", "b"), ("x", "y"), ("left", "right"), ("rows", "columns")]
# Mutants a build: the compiler's memory is what limits them. What is compiled once for every op and every reading counts more.
PORTION, A_WALK, EVERY_OP = 300, 4, 20
OPERATORS = {
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "+=": ["=", "-="], "-=": ["+="], "&=": ["|="],
    "==": ["!="], "!=": ["=="], "<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "&&": ["||"], "||": ["&&"],
    "true": ["false"], "false": ["true"],
}
METHODS = {
    "above": "at_least", "at_least": "above", "below": "at_most", "at_most": "below", "sin": "cos", "cos": "sin",
    "sinh": "cosh", "cosh": "sinh",
}
# Calls without which a rule would still have the right types.
DROPPED = {"t", "transpose_last", "recip", "nonnegative", "abs", "square", "sqrt", "sum_to"}
TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>b?\"(?:\\.|[^\"\\])*\")|(?P<char>'(?:\\.|[^'\\])')|(?P<life>'\w+)"
    r"|(?P<float>\d[\d_]*\.\d[\d_]*(?:e-?\d+)?)|(?P<int>\d[\d_]*(?:[iu]\w+)?)|(?P<ident>[A-Za-z_]\w*)"
    r"|(?P<op>\.\.=|::|->|=>|\+=|-=|\*=|/=|%=|&=|\|=|\^=|==|!=|<=|>=|&&|\|\||\.\.|[-+*/%=<>&|^!.,;:?#$@(){}\[\]])"
    r"|(?P<space>\s+)",
    re.S,
)


def tokens(text):
    """The tokens of Rust source, without spaces and comments, as (kind, text, start, end)."""
    out = []
    for m in TOKEN.finditer(text):
        if m.lastgroup not in ("space", "comment"):
            out.append((m.lastgroup, m.group(), m.start(), m.end()))
    return out


def closing(toks, i):
    """The position of the bracket that closes the one at `i`."""
    depth = 0
    for j in range(i, len(toks)):
        depth += toks[j][1] in ("(", "[", "{")
        depth -= toks[j][1] in (")", "]", "}")
        if depth == 0:
            return j
    raise ValueError("no closing bracket")


def edits(text, whole):
    """The mutants of an expression or a body: (what, new text)."""
    toks = tokens(text)
    generic = 0  # how many of `::<…>` and `Vec<…>` are open
    for i, (kind, tok, start, end) in enumerate(toks):
        before = toks[i - 1] if i else None
        after = toks[i + 1] if i + 1 < len(toks) else None
        operand_before = before and (
            before[0] in ("ident", "int", "float", "string") and before[1] not in ("return", "in", "match", "if", "else")
            or before[1] in (")", "]", "?")
        )
        if tok == "<" and before and (before[1] == "::" or before[1][:1].isupper()):
            generic += 1
            continue
        if tok == ">" and generic:
            generic -= 1
            continue
        if generic:
            continue

        def new(s, lo=start, hi=end):
            return text[:lo] + s + text[hi:]

        spaced = text[start - 1 : start].isspace() and text[end : end + 1].isspace()
        if kind == "op" and tok in ("+", "-", "*", "/") and operand_before and spaced:
            for other in OPERATORS[tok]:
                yield f"{tok} to {other}", new(other), start
        elif kind == "op" and tok == "-" and not operand_before:
            yield "a minus lost", new(""), start
        elif kind == "op" and tok in OPERATORS and tok not in ("+", "-", "*", "/") and spaced:
            for other in OPERATORS[tok]:
                yield f"{tok} to {other}", new(other), start
        elif kind == "op" and tok == "!" and after and after[0] in ("ident", "op") and after[1] != "=" and not (
            before and before[0] == "ident"
        ):
            yield "a `!` lost", new(""), start
        elif kind == "ident" and tok in ("true", "false"):
            yield f"{tok} to {OPERATORS[tok][0]}", new(OPERATORS[tok][0]), start
        elif kind == "int" and tok.isdigit() and not (before and before[1] == "."):
            yield f"{tok} to {int(tok) + 1}", new(str(int(tok) + 1)), start
            if int(tok) > 0:
                yield f"{tok} to {int(tok) - 1}", new(str(int(tok) - 1)), start
        elif kind == "ident" and before and before[1] == "." and after and after[1] == "(":
            if tok in METHODS:
                yield f"{tok} to {METHODS[tok]}", new(METHODS[tok]), start
            if tok in DROPPED:
                end_call = toks[closing(toks, i + 1)][3]
                yield f".{tok}() lost", new("", before[2], end_call), start
        elif kind == "ident" and tok == "if" and after and after[1] != "let" and before and before[1] != "else":
            depth, j = 0, i + 1
            while depth or toks[j][1] != "{":
                depth += toks[j][1] in ("(", "[")
                depth -= toks[j][1] in (")", "]")
                j += 1
            lo, hi = after[2], toks[j - 1][3]
            if "let " not in text[lo:hi]:
                yield "a condition turned round", new(f"!({text[lo:hi]})", lo, hi), start
        elif kind == "ident" and not (before and before[1] in (".", "::", "let")) and not (
            after and after[1] in ("::", "(", "!", "{")
        ):
            for pair in SWAPS:
                if tok in pair:
                    other = pair[1 - pair.index(tok)]
                    if re.search(rf"\b{other}\b", text):
                        yield f"{tok} to {other}", new(other), start
    if whole == "row":
        if text.strip() != "g":
            yield "the whole negated", f"-Term::from({text})", 0
        yield "the whole doubled", f"2 * Term::from({text})", 0
    elif whole == "rule":
        yield "the whole doubled", f"{{ let doubled: Term<V> = {{ {text} }}; doubled * 2 }}", 0
        yield "the whole negated", f"{{ let negated: Term<V> = {{ {text} }}; -negated }}", 0


class Site:
    """A place whose text becomes a choice between itself and its mutants."""

    def __init__(self, file, name, start, end, text, whole, line):
        self.file, self.name, self.start, self.end, self.text, self.whole = file, name, start, end, text, whole
        self.line = line
        self.mutants = []  # (what, text, line)


def row_sites(file, text):
    """The cotangents of the table's rows."""
    sites = []
    for m in re.finditer(r"\b(same|smooth|gated) \(([\w, ]*)\) => ", text):
        toks = tokens(text[m.end() :])
        depth, stop = 0, None
        for _, tok, start, _ in toks:
            depth += tok in ("(", "[", "{")
            depth -= tok in (")", "]", "}")
            if tok == ";" and depth == 0:
                stop = m.end() + start
                break
        rows = re.findall(r"^    (\w+) (?:\w+) = \|", text[: m.start()], re.M)
        line = text.count("\n", 0, m.end()) + 1
        sites.append(Site(file, rows[-1], m.end(), stop, text[m.end() : stop], "row", line))
    return sites


def function_sites(file, text, all_functions):
    """The bodies of rules, or of all functions."""
    sites = []
    toks = tokens(text)
    owner = ""
    for i, (kind, tok, start, end) in enumerate(toks):
        if tok == "mod" and toks[i + 1][1] == "tests":
            break
        if tok == "impl" and (i == 0 or toks[i - 1][1] in ("}", ";", "]")):
            j = i
            while toks[j][1] != "{":
                j += 1
            head = " ".join(t[1] for t in toks[i:j])
            owner = head.split(" for ")[-1].split(" where ")[0].split("<")[0].replace("impl", "").strip()
        if tok != "fn" or toks[i + 1][0] != "ident":
            continue
        name = toks[i + 1][1]
        j, depth = i, 0
        while toks[j][1] not in ("{", ";") or depth:
            depth += toks[j][1] in ("(", "[")
            depth -= toks[j][1] in (")", "]")
            j += 1
        if toks[j][1] == ";":
            continue
        head = text[start : toks[j][2]]
        attributes = text[max(0, start - 160) : start]
        if "cfg(test)" in attributes or "const fn" in text[max(0, start - 8) : end + 1]:
            continue
        public = re.search(r"pub\s*$", text[max(0, start - 5) : start]) is not None
        returns = head.split("->")[-1] if "->" in head else ""
        rule = re.match(r"(vjp|jvp)", name) or (
            not public and "V: ArrayValue" in head + text and "Term<" in returns and name not in NO_RULE
        )
        if name in NO_RULE or not (all_functions or rule):
            continue
        k = closing(toks, j)
        whole = "rule" if returns.strip() == "Term<V>" else "body"
        lo, hi = toks[j][3], toks[k][2]
        line = text.count("\n", 0, lo) + 1
        sites.append(Site(file, f"{owner}::{name}" if owner else name, lo, hi, text[lo:hi], whole, line))
    # Of nested functions only the outer ones.
    outer = []
    for site in sites:
        if not outer or site.start >= outer[-1].end:
            outer.append(site)
    return outer


def find_sites(only):
    sites = []
    for path in sorted((ROOT / "src").rglob("*.rs")):
        file = path.relative_to(ROOT).as_posix()
        text = path.read_text()
        if file == "src/ops/pointwise.rs":
            found = row_sites(file, text)
        elif file.startswith("src/sweep/") and path.stem not in ("compiled",):
            found = function_sites(file, text, True)
        elif file.startswith("src/ops/") and path.stem not in ("table", "rule", "term", "values", "mod", "rows"):
            found = function_sites(file, text, False)
        else:
            continue
        for site in found:
            if only and only not in site.file and only not in site.name:
                continue
            seen = {site.text}
            for what, new, at in edits(site.text, site.whole):
                if new not in seen:
                    seen.add(new)
                    line = site.line + site.text.count("\n", 0, at)
                    site.mutants.append((what, new, line))
            if site.mutants:
                sites.append(site)
    return sites


SWITCH = """
//! Which mutant is switched on, and which functions are entered; written by scripts/mutate.py.
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) fn on() -> u32 {
    static ON: OnceLock<u32> = OnceLock::new();
    *ON.get_or_init(|| std::env::var("WENGERT_MUTANT").map_or(0, |k| k.parse().unwrap()))
}

static HITS: [AtomicBool; SITES] = [const { AtomicBool::new(false) }; SITES];

pub(crate) fn enter(site: usize) {
    if !HITS[site].load(Ordering::Relaxed) && !HITS[site].swap(true, Ordering::Relaxed) {
        note(site);
    }
}

#[cold]
fn note(site: usize) {
    use std::io::Write;
    static FILE: OnceLock<Option<std::fs::File>> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        let path = std::env::var("WENGERT_HITS").ok()?;
        std::fs::OpenOptions::new().create(true).append(true).open(path).ok()
    });
    if let Some(mut file) = file.as_ref() {
        file.write_all(format!("{site}\\n").as_bytes()).unwrap();
    }
}
"""


def write_tree(sites, numbers):
    """Writes the sources with the mutants `numbers[site index]` compiled in; says on which lines each arm lies."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            target = TREE / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() or target.read_bytes() != source.read_bytes():
                shutil.copy(source, target)
    arms = {}
    by_file = {}
    for index, site in enumerate(sites):
        by_file.setdefault(site.file, []).append((index, site))
    for file, own in by_file.items():
        text = (ROOT / file).read_text()
        for index, site in reversed(own):
            wrap = (lambda s: f"Term::from({s})") if site.whole == "row" else (lambda s: f"{{ {s} }}")
            parts = ["{ crate::mutants::enter(%d); match crate::mutants::on() {" % index]
            for number, k in numbers[index]:
                parts.append(f"/*m{number}*/ {number} => {wrap(site.mutants[k][1])} /*end*/")
            parts.append(f"/*m0*/ _ => {wrap(site.text)} /*end*/ }} }}")
            if site.whole == "row":
                parts = [p.replace(" /*end*/", ", /*end*/") for p in parts]
            text = text[: site.start] + "\n".join(parts) + text[site.end :]
        target = TREE / file
        if target.read_text() != text:
            target.write_text(text)
        lines, current = {}, 0
        for n, line in enumerate(text.split("\n"), 1):
            m = re.search(r"/\*m(\d+)\*/", line)
            if m:
                current = int(m.group(1))
            if current:
                lines[n] = current
            if "/*end*/" in line:
                current = 0
        arms[file] = lines
    root = TREE / "src/lib.rs"
    text = (ROOT / "src/lib.rs").read_text().replace("mod checkpoint;", "mod mutants;\nmod checkpoint;", 1)
    text = "#![allow(warnings, arithmetic_overflow, unconditional_panic)]\n" + text
    if root.read_text() != text:
        root.write_text(text)
    (TREE / "src/mutants.rs").write_text(SWITCH.replace("SITES", str(len(sites))))
    return arms


def cargo(*arguments, **options):
    environment = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "target"), CARGO_PROFILE_DEV_DEBUG="0")
    return subprocess.run(["cargo", *arguments], cwd=TREE, env=environment, capture_output=True, text=True, **options)


def errors(result, arms):
    """The mutants in which the compiler found errors, and what else it says."""
    wrong, elsewhere = set(), []
    for line in result.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-message" and message["message"]["level"] == "error":
            found = set()
            spans = list(message["message"]["spans"])
            while spans:
                span = spans.pop()
                found.add(arms.get(span["file_name"], {}).get(span["line_start"], 0))
                if span.get("expansion"):
                    spans.append(span["expansion"]["span"])
            found.discard(0)
            wrong |= found
            if not found:
                elsewhere.append(message["message"]["rendered"])
    return wrong, elsewhere


def check(sites):
    """The mutants that compile: for each site (number, index of the mutant)."""
    number, numbers = 0, []
    for site in sites:
        numbers.append([(number + 1 + k, k) for k in range(len(site.mutants))])
        number += len(site.mutants)
    while True:
        arms = write_tree(sites, numbers)
        result = cargo("check", "--locked", "--features", "linalg", "--message-format", "json")
        if result.returncode == 0:
            return numbers
        wrong, elsewhere = errors(result, arms)
        if not wrong:
            sys.exit("the mutated sources do not compile:\n" + "\n".join(elsewhere[:5]) + result.stderr[-2000:])
        print(f"{len(wrong)} mutants do not compile and are left out", flush=True)
        numbers = [[(n, k) for n, k in own if n not in wrong] for own in numbers]


def build(sites, numbers):
    """Builds the tests with these mutants; returns the programs."""
    write_tree(sites, numbers)
    result = cargo("test", "--locked", "--features", "linalg", "--test", "suite", "--test", "memory", "--no-run",
                   "--message-format", "json")
    if result.returncode != 0:
        elsewhere = errors(result, {})[1]
        sys.exit("the mutated tests do not compile:\n" + "\n".join(elsewhere[:5]) + result.stderr[-2000:])
    messages = [json.loads(line) for line in result.stdout.splitlines()]
    return [m["executable"] for m in messages if m.get("executable") and m["profile"]["test"]]


def portions(sites, numbers):
    """The mutants in portions that one build can hold, each with the same sites."""
    portion, size = [[] for _ in numbers], 0
    for i, own in enumerate(numbers):
        every_op = sites[i].name.split("::")[-1] in ("unary", "binary", "visit", "of")
        weight = (EVERY_OP if every_op else A_WALK) if sites[i].file.startswith("src/sweep/") else 1
        for mutant in own:
            if size and size + weight > PORTION:
                yield portion
                portion, size = [[] for _ in numbers], 0
            portion[i].append(mutant)
            size += weight
    yield portion


def run(program, names, mutant, limit, hits=None):
    """Runs tests of one program; says whether all passed, and in what time."""
    environment = dict(os.environ, WENGERT_MUTANT=str(mutant), PROPTEST_FAILURE_PERSISTENCE="off")
    environment["RUST_BACKTRACE"] = "0"
    environment["WENGERT_PROGRAMS"] = "2000"
    environment["WENGERT_HITS"] = str(hits) if hits else ""
    command = [program, "--exact", "--test-threads", "1", *names]
    start = time.monotonic()
    try:
        ok = subprocess.run(command, cwd=TREE, env=environment, capture_output=True, timeout=limit).returncode == 0
    except subprocess.TimeoutExpired:
        ok = False
    return ok, time.monotonic() - start


def entered(programs, jobs):
    """For each site the tests that enter it, quickest first."""
    tests = []
    for program in programs:
        listed = subprocess.run([program, "--list", "--format", "terse"], cwd=TREE, capture_output=True, text=True)
        tests += [(program, line[: -len(": test")]) for line in listed.stdout.splitlines() if line.endswith(": test")]
    folder = WORK / "hits"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def one(item):
        index, (program, name) = item
        hits = folder / str(index)
        ok, seconds = run(program, [name], 0, 600, hits)
        return ok, seconds, program, name, {int(s) for s in hits.read_text().split()} if hits.exists() else set()

    by_site, failing = {}, []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for ok, seconds, program, name, hits in pool.map(one, enumerate(tests)):
            if not ok:
                failing.append(name)
                continue
            for site in hits:
                by_site.setdefault(site, []).append((seconds, program, name))
    for own in by_site.values():
        own.sort()
    return by_site, len(tests), failing


def notice(mutant, own):
    """The test that notices a mutant, or none. Tests go in batches of growing time, to start few processes."""
    while own:
        program = own[0][1]
        batch, total = [], 0.0
        for seconds, other, name in own:
            if other == program and (not batch or (total < 1.0 and len(batch) < 12)):
                batch.append((seconds, other, name))
                total += seconds
        ok, _ = run(program, [name for _, _, name in batch], mutant, 30 + 20 * total)
        if not ok:
            return batch[0][2] if len(batch) == 1 else f"{batch[0][2]} or {len(batch) - 1} others"
        own = [test for test in own if test not in batch]
    return None


def equivalents():
    """The mutants known to change nothing: {(file, function, what, the line's text): reason}."""
    known, reason = {}, []
    if EQUIVALENT.exists():
        for line in EQUIVALENT.read_text().splitlines():
            if line.startswith("#") or not line.strip():
                reason = [] if not line.strip() else reason + [line[1:].strip()]
            else:
                known[tuple(part.strip() for part in line.split(" | "))] = " ".join(reason)
    return known


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="files or functions whose name holds this word")
    parser.add_argument("--list", action="store_true", help="print the mutants and stop")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tests run at a time")
    options = parser.parse_args()

    sites = find_sites(options.only)
    total = sum(len(site.mutants) for site in sites)
    print(f"{total} mutants in {len(sites)} functions and rows", flush=True)
    if options.list:
        for site in sites:
            for what, _, line in site.mutants:
                print(f"{site.file}:{line}: {site.name}: {what}")
        return
    start = time.monotonic()
    known = equivalents()
    texts = {site.file: (ROOT / site.file).read_text().split("\n") for site in sites}
    numbers = check(sites)
    compiled = sum(map(len, numbers))
    print(f"{compiled} mutants compile, {time.monotonic() - start:.0f} s", flush=True)
    by_site, killed, same, survivors = None, 0, 0, []
    for portion in portions(sites, numbers):
        programs = build(sites, portion)
        if by_site is None:
            by_site, tests, failing = entered(programs, options.jobs)
            print(f"{tests} tests run one by one, {time.monotonic() - start:.0f} s", flush=True)
            for name in failing:
                print(f"left out, fails without a mutant: {name}")
        work = []
        for i, site in enumerate(sites):
            for number, k in portion[i]:
                what, _, line = site.mutants[k]
                key = (site.file, site.name, what, texts[site.file][line - 1].strip())
                if key in known:
                    same += 1
                else:
                    work.append((number, key, line, by_site.get(i, [])))
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = pool.map(lambda item: notice(item[0], item[3]), work)
            for (_, key, line, own), by in zip(work, results):
                if by:
                    killed += 1
                else:
                    survivors.append(key)
                    print(f"SURVIVES | {' | '.join(key)} | line {line}, {len(own)} tests enter", flush=True)
        print(f"{killed + same + len(survivors)} of {compiled}, {time.monotonic() - start:.0f} s", flush=True)
    print(f"mutants {compiled}, noticed {killed}, equivalent {same}, survivors {len(survivors)}")
    print(f"score {100 * killed / max(1, compiled - same):.1f} % in {time.monotonic() - start:.0f} s")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
