"""Physics of rocket engines: units, thermochemistry, components, network, solution and diagnosis."""
