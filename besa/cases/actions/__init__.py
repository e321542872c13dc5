"""What happens to cases; the only writers."""
