terraform {
  # Validations that look at other variables need 1.9.
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Engines of user groups are spelled in lower case from 6.0; before, in upper case alone.
      version = ">= 6.0.0, < 7.0.0"
    }
  }
}
