"""What is seen of a plan. Read only; the number of SQL queries does not grow with the plan."""
