"""`python -m dapshim` is the same as the `dapshim` command."""

from dapshim.cli import main

if __name__ == "__main__":
    main()
