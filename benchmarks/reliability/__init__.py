"""Figures of protection and reliability, each by a command that prints it and exits 1 where it is not good enough."""
