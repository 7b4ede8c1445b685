"""
Compare the detectors that are installed: `python -m bench.languages`.

Each runs in a process of its own over bench/languages/corpus.tsv. `--folders FOLDER` looks for each package in
FOLDER/<name>, as `pip install --target` puts it there, and weighs it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.languages.corpus import CORPUS
from bench.languages.detectors import CANDIDATES
from bench.table import heading, row

INTERFACE = {"en", "es", "zh", "ar"}
# Of the answers that a post is labelled with, so many have to be right.
PRECISION = 0.98
HEADINGS = (
    *("Package", "% right", "en es zh ar", "5–20", "21–60", "61–140", "Labelled", "µs median / p99"),
    *("MB", "s to load", "MB installed"),
)


def resident() -> float:
    """Return the memory of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def measure(name: str) -> dict[str, Any]:
    """Run one detector over the corpus, in this process."""
    rows = [line.split("\t", 1) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    before = resident()
    started = time.perf_counter()
    detect = CANDIDATES[name]()
    detect("Hello, world.")
    load = time.perf_counter() - started
    answers, times = [], []
    for language, text in rows:
        started = time.perf_counter()
        found, confidence = detect(text)
        times.append(time.perf_counter() - started)
        answers.append((language, len(text), found, confidence))
    return {
        "load": load,
        "memory": resident() - before,
        "median": statistics.median(times) * 1e6,
        "p99": statistics.quantiles(times, n=100)[98] * 1e6,
        "answers": answers,
    }


def accuracy(answers: list[tuple[str, int, str, float]]) -> float:
    """Return how many of the first guesses are right, in per cent."""
    return 100 * sum(language == found for language, _length, found, _confidence in answers) / len(answers)


def threshold(answers: list[tuple[str, int, str, float]]) -> tuple[float, float]:
    """Return the confidence from which on PRECISION of the labels are right, and how many texts get a label."""
    ranked = sorted(answers, key=lambda answer: -answer[3])
    right, best = 0, (1.0, 0.0)
    for count, (language, _length, found, confidence) in enumerate(ranked, 1):
        right += language == found
        if right / count >= PRECISION and (count == len(ranked) or ranked[count][3] < confidence):
            best = (confidence, 100 * count / len(ranked))
    return best


def tell(name: str, result: dict[str, Any], size: float | None) -> None:
    """Print a line of the table."""
    decidable = [answer for answer in result["answers"] if answer[0] != "und"]
    spans = [[a for a in decidable if low <= a[1] <= high] for low, high in ((5, 20), (21, 60), (61, 140))]
    limit, labelled = threshold(result["answers"])
    row(
        name,
        f"{accuracy(decidable):.1f}",
        f"{accuracy([answer for answer in decidable if answer[0] in INTERFACE]):.1f}",
        *(f"{accuracy(span):.1f}" for span in spans),
        f"{labelled:.0f} ({limit:.2f})",
        f"{result['median']:.0f} / {result['p99']:.0f}",
        f"{result['memory']:.0f}",
        f"{result['load']:.2f}",
        "" if size is None else f"{size:.0f}",
    )


def weigh(folder: Path) -> float:
    """Return the size of what was installed in MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def weakest(result: dict[str, Any]) -> str:
    """Name the languages that are mistaken most."""
    by_language = defaultdict(list)
    for answer in result["answers"]:
        by_language[answer[0]].append(answer)
    ranked = sorted((accuracy(answers), language) for language, answers in by_language.items() if language != "und")
    return ", ".join(f"{language} {value:.0f}" for value, language in ranked[:5])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", type=Path)
    parser.add_argument("--only")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    heading(*HEADINGS)
    notes = []
    for name in CANDIDATES:
        if options.only and options.only not in name:
            continue
        folder = options.folders / name.split(" ")[0] if options.folders else None
        path = f"{folder}{os.pathsep}{Path.cwd()}" if folder else f"{Path.cwd()}"
        command = [sys.executable, "-m", "bench.languages", "--measure", name]
        done = subprocess.run(
            command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            reason = done.stderr.strip() or "no answer"
            notes.append(f"{name}: {reason.splitlines()[-1]}")
            continue
        result = json.loads(done.stdout.splitlines()[-1])
        tell(name, result, weigh(folder) if folder else None)
        notes.append(f"{name}: weakest {weakest(result)}")
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
