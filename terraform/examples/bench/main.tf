# Node types measured side by side in your VPC. `./run` drives this: it says what it will cost, applies,
# waits, fetches and destroys.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0.0, < 7.0.0"
    }
  }
}

provider "aws" {
  region = var.region
}

module "bench" {
  source = "../../modules/bench"

  node_types                  = var.node_types
  engine                      = var.engine
  engine_version              = var.engine_version
  workload                    = var.workload
  files                       = var.files
  binary_url                  = var.binary_url
  binary_sha256               = var.binary_sha256
  host_type                   = var.host_type
  time_limit_minutes          = var.time_limit_minutes
  subnet_id                   = var.subnet_id
  associate_public_ip_address = var.associate_public_ip_address
}
