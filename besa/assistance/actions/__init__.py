"""What happens to providers and referrals; the only writers."""
