"""What a file goes through before it is kept: what it is, whether it does harm, and the copy of it that people view."""
