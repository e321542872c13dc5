#!/usr/bin/env python3
from besa.cli import main

if __name__ == "__main__":
    main()
