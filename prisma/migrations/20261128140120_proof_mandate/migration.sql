-- AlterTable
ALTER TABLE "proof" ADD COLUMN     "mandate" TEXT;
