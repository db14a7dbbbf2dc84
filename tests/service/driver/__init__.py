"""What makes the service work for the tests: its visitors, its oracle, its judge. No part of the service."""
