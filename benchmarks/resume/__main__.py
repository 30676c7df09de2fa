"""`python -m benchmarks.resume WHAT`: do answers outlive their connection as promised?

`soak`: ten minutes of starts, leaves, resumes and stops at random. `chromium`: reloads
and network cuts with `useChat`, through Next.js and directly. `processes`: readers at
another process, kill -9, Redis that is away. `memory`: what kept answers take.
"""

import argparse
import sys

from benchmarks.limits import raise_file_limit
from benchmarks.resume import memory, proofs, soak

COMMANDS = {
    "soak": (soak.add_options, soak.run),
    "chromium": (proofs.add_chromium_options, proofs.prove_in_chromium),
    "processes": (proofs.add_processes_options, proofs.prove_of_processes),
    "memory": (memory.add_options, memory.run),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.resume",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="what", required=True)
    for name, (add_options, _) in COMMANDS.items():
        add_options(commands.add_parser(name))
    options = parser.parse_args()
    raise_file_limit()
    _, run = COMMANDS[options.what]
    is_well = run(options)
    print("OK" if is_well else "FAILED")
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
