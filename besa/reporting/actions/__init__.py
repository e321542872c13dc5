"""What happens: rounds, returns, review, reminders."""
