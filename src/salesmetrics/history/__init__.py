"""What the fields of deals were at each moment: changes as tracks, versions and stays."""
