"""Run the room's command line: `python -m data`."""

from data.commands.cli import main

if __name__ == "__main__":
    main(prog_name="python -m data")
