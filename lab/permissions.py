"""What may be done with the orders of tests and imaging."""

VIEW_ORDERS = "lab.view_orders"
ORDER_TESTS = "lab.order_tests"
PRINT_SLIP = "lab.print_slip"
