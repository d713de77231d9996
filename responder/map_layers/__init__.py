"""Layers of the map from files: areas in which posts are counted, and the shapes of an event.

A file becomes a layer in three steps, all within the request, and all bounded:
reading      finds out what the file is: geojson, xml_files (KML, GPX), shapefiles, in an archive or not → features
shapes       checks each feature's geometry, repairs what can be, and names what can't
simplifying  fewer points for the map, borders that two areas share moved together

columns      which column holds the name, the code and the people of areas (COD-AB and others)
managing     add, change and delete layers
counting     how many posts of a filter lie in each area
listing      the layers that a person sees of an event
settings     which layers a person has on, in which order and how strongly
places       incidents, reports and teams as layers
forms        what people enter
"""
