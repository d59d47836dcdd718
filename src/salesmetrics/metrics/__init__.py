"""KPI functions, grouped by what they speak of, and nothing else."""
