"""The tables and figures of the thesis as studies, with what it prints and claims: data only."""
