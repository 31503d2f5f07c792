terraform {
  # Validations that look at other variables need 1.9.
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The first with `valkey` as engine of a replication group is 5.73.
      version = ">= 5.80.0, < 7.0.0"
    }
  }
}
