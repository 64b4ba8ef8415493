"""hotfire: rocket-engine diagnostics from test logs."""
