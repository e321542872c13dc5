"""Pages of providers and referrals."""
