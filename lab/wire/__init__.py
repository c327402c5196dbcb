"""What analysers say on the line, read into one shape. Pure: no database, no socket, no clock.

`lines` tells the bytes of a connection apart into messages and says what is answered to each (MLLP of HL7,
ASTM E1381); `oru` and `e1394` read a message into `messages.Message`.
"""
