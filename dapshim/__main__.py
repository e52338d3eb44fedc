"""The `dapshim` command, which is the same as `python -m dapshim`: the first code of ours that runs."""

try:
    from dapshim import interruption

    interruption.end_at_once()
    from dapshim.cli import main
except KeyboardInterrupt:
    # It came before `end_at_once`; the number's name may not be there yet.
    raise SystemExit(130) from None

if __name__ == "__main__":
    main()
