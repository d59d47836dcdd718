"""Models behind the forecast KPIs: arrays in, arrays out, numpy only, nothing random."""
