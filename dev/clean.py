"""`make clean`: remove what set-up made; the download cache stays."""

import shutil

from dev import postgres, settings
from dev.console import main


def run():
    for folder in (postgres.data_folder(), postgres.SOCKET, settings.LOCAL):
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(run)
