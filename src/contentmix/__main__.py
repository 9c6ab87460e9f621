"""``python -m contentmix``: the command line."""

from contentmix.cli import main

if __name__ == "__main__":
    main()
