"""Many KPIs at once as one document, and what is done with it later."""
