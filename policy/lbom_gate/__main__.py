"""``python -m lbom_gate`` is the command line."""

from lbom_gate.cli import main

if __name__ == "__main__":
    main()
