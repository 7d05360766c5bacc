"""Work in the background: it calls commands of the portal and decides nothing itself."""
